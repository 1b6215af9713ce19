"""Pictures of the market and of a company, for notes and mails, as SVG written by hand."""

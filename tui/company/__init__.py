"""What the tabs of the company screen show, gathered from the market; no terminal here."""

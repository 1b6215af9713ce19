"""Everything that talks to the outside: scrapers, imports, and the refresh that publishes them."""

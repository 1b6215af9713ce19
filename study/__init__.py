"""What the selectivity score is worth on recorded companies; `python -m study` writes the page."""

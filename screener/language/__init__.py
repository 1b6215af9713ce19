"""The screen language: text in, a checked screen out."""

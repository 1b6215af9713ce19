"""The data on disk: facts, panel, generations."""

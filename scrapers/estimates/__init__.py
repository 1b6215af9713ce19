"""Analysts' estimates: sources that are off until the user turns them on."""

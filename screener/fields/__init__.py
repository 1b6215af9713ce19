"""Every name a screen can use."""

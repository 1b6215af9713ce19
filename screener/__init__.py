"""What is known of each company, and which companies pass. No network, no terminal."""

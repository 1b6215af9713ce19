"""What the reader brings: workbooks and CSV files of their own, read into the market."""

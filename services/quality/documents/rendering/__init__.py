"""Pages: fonts, text, tables and what stands on every page. Knows nothing of batches."""

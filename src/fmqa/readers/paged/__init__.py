"""The pages of a PDF: words, lines, tables and blocks."""

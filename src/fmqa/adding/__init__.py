"""From a published file to a document of the corpus."""

"""The service: the HTTP interface, its pages and its exports."""

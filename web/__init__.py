"""The street side: HTTP, pages, command line, and the wiring of everything."""

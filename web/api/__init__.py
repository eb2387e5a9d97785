"""The HTTP API under `/api/v1`: one set of models validates, answers and documents."""

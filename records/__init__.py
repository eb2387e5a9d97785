"""The register: agents, events, requirements, papers and the journal of facts."""

"""Mutation of rules/: small faults put into a copy of the code one by one, each of which some test has to notice."""

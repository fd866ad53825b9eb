"""What the corpus says in the forms of others: recommendations by themselves, FHIR, cards of CDS Hooks."""

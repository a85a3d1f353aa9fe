"""Reading questionnaires: questions in order, what each may look back on, and the end screens."""

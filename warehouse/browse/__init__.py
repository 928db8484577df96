"""An open lake in, what a person looks through out: rows to label, novels, people, questions, figures."""

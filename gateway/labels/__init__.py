"""Labels of AI-made content: the implicit object, the visible text, and who answers for it."""

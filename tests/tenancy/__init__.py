"""That no tenant sees or changes anything of another's, whatever it asks for."""

"""Teams, workers, projects and tasks."""

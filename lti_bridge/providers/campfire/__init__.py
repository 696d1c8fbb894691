"""Campfire Learning (ExamSpark): exams as sessions, one for each attempt, taken in its player."""

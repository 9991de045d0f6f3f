"""Service *learn*: enrolling and unenrolling, and the lists that the guide looks ids up in."""

from mock_lms.api.learn.views import bp as bp

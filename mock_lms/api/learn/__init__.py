"""Service *learn*: enrolling and unenrolling, and the lists that the guide looks ids up in."""

from mock_lms.api.learn import course_views as course_views
from mock_lms.api.learn.views import bp as bp

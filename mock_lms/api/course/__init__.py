"""Service *course*: courses and their enrollments."""

from mock_lms.api.course.views import bp as bp

"""Service *learningplan*: learning plans, their courses and enrollments."""

from mock_lms.api.learningplan.views import bp as bp

"""Service *audiences*: groups of users."""

from mock_lms.api.audiences.views import bp as bp

"""Service *manage*: users."""

from mock_lms.api.manage import jobs as jobs
from mock_lms.api.manage.views import bp as bp

"""Everything around the application: what comes in before Flask sees it, and what goes out after."""

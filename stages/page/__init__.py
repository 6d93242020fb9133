"""The report's page: from an executed notebook to HTML that opens offline."""

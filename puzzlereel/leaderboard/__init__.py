"""Submissions, their scores, the results and the page that ranks them."""

"""The evidence: what was asked, judged and delivered, in a form an outsider can check."""

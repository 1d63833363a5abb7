-- The database itself refuses to change or remove what was recorded.
{{append_only audit_events}};

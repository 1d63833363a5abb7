-- The text of a mail may open a door, such as a link that sets a password: it lies sealed. Older texts are sealed when this migration has run.
ALTER TABLE mails ADD COLUMN sealed {{blob}};

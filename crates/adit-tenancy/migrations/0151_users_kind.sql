-- A user is a person or an application; what an identity provider grants stands beside what administrators grant.
ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';
ALTER TABLE users ADD COLUMN sso_permissions TEXT NOT NULL DEFAULT '{}';

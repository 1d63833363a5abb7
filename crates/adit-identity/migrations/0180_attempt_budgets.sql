-- How often each address has tried, for all servers of the deployment together.
CREATE TABLE attempt_budgets (
    address TEXT {{bytewise}} PRIMARY KEY,
    -- Until when the address would have to be quiet for its whole budget to be back.
    used_until_us BIGINT NOT NULL
);
CREATE INDEX attempt_budgets_by_age ON attempt_budgets (used_until_us);

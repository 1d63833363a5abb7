-- Reviewed comments of a dataset are counted from an index that holds nothing else.
CREATE INDEX annotations_reviewed ON annotations (dataset_id) WHERE reviewed = 1;

-- A dataset groups sources and holds the definitions of what may be annotated.
CREATE TABLE datasets (
    id BIGINT PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    owner TEXT {{bytewise}} NOT NULL,
    name TEXT {{bytewise}} NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    modified_us BIGINT NOT NULL,
    model_family TEXT NOT NULL,
    has_sentiment BIGINT NOT NULL,
    settings TEXT NOT NULL,
    UNIQUE (tenant_id, owner, name),
    FOREIGN KEY (tenant_id, owner) REFERENCES projects (tenant_id, name) ON DELETE CASCADE
);
CREATE TABLE dataset_sources (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    source_id BIGINT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, source_id)
);
CREATE INDEX dataset_sources_by_source ON dataset_sources (source_id);
CREATE TABLE label_groups (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    name TEXT {{bytewise}} NOT NULL,
    label_collection_name TEXT,
    trainable BIGINT NOT NULL,
    hidden BIGINT NOT NULL,
    instructions TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, name)
);
CREATE TABLE labels (
    dataset_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    group_name TEXT {{bytewise}} NOT NULL,
    name TEXT {{bytewise}} NOT NULL,
    title TEXT NOT NULL,
    instructions TEXT NOT NULL,
    external_id TEXT,
    pretrained_id TEXT,
    trainable BIGINT,
    moon_form TEXT,
    properties TEXT,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, id),
    UNIQUE (dataset_id, group_name, name),
    FOREIGN KEY (dataset_id, group_name) REFERENCES label_groups (dataset_id, name) ON DELETE CASCADE
);
-- One row for each comment that somebody decided anything about; the version lets derived data tell old from new.
CREATE TABLE annotations (
    dataset_id BIGINT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    comment_seq BIGINT NOT NULL REFERENCES comments (seq) ON DELETE CASCADE,
    reviewed BIGINT NOT NULL,
    uninformative TEXT,
    entities TEXT,
    entities_hash TEXT,
    moon_forms TEXT,
    version BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    updated_by BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq)
);
CREATE INDEX annotations_by_comment ON annotations (comment_seq);
CREATE TABLE annotation_labels (
    dataset_id BIGINT NOT NULL,
    comment_seq BIGINT NOT NULL,
    label_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    sentiment TEXT NOT NULL,
    metadata TEXT,
    ordinal BIGINT NOT NULL,
    PRIMARY KEY (dataset_id, comment_seq, label_id),
    FOREIGN KEY (dataset_id, comment_seq) REFERENCES annotations (dataset_id, comment_seq) ON DELETE CASCADE,
    FOREIGN KEY (dataset_id, label_id) REFERENCES labels (dataset_id, id) ON DELETE CASCADE
);
CREATE INDEX annotation_labels_by_label ON annotation_labels (dataset_id, label_id);

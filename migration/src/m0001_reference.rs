//! Reference facts: regions, councils with their history, neighbours and sisters, delivery bodies, outcomes.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// The step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DROP).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE region (
        id UUID NOT NULL,
        gss_code TEXT NOT NULL,
        name TEXT NOT NULL,
        CONSTRAINT pk_region PRIMARY KEY (id),
        CONSTRAINT uq_region_gss_code UNIQUE (gss_code),
        CONSTRAINT uq_region_name UNIQUE (name),
        CONSTRAINT ck_region_name CHECK (length(trim(name)) > 0)
    )",
    "CREATE TABLE council (
        id UUID NOT NULL,
        gss_code TEXT NOT NULL,
        name TEXT NOT NULL,
        official_name TEXT NOT NULL,
        short_code TEXT,
        dfe_la_code TEXT,
        region_id UUID NOT NULL,
        kind TEXT NOT NULL,
        upper_tier_id UUID,
        provides_childrens_services BOOLEAN NOT NULL,
        latitude FLOAT8,
        longitude FLOAT8,
        population INTEGER,
        population_year INTEGER,
        population_0_17 INTEGER,
        political_control TEXT,
        control_changed_on DATE,
        starts_on DATE,
        ends_on DATE,
        search_name TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_council PRIMARY KEY (id),
        CONSTRAINT uq_council_gss_code UNIQUE (gss_code),
        CONSTRAINT fk_council_region_id FOREIGN KEY (region_id) REFERENCES region (id),
        CONSTRAINT fk_council_upper_tier_id FOREIGN KEY (upper_tier_id) REFERENCES council (id),
        CONSTRAINT ck_council_name CHECK (length(trim(name)) > 0),
        CONSTRAINT ck_council_official_name CHECK (length(trim(official_name)) > 0),
        CONSTRAINT ck_council_kind CHECK (kind IN (
            'COUNTY', 'NON_METROPOLITAN_DISTRICT', 'UNITARY', 'METROPOLITAN_DISTRICT', 'LONDON_BOROUGH',
            'CITY_OF_LONDON', 'ISLES_OF_SCILLY'
        )),
        CONSTRAINT ck_council_latitude CHECK (latitude BETWEEN -90 AND 90),
        CONSTRAINT ck_council_longitude CHECK (longitude BETWEEN -180 AND 180),
        CONSTRAINT ck_council_population CHECK (population >= 0),
        CONSTRAINT ck_council_population_year CHECK (population_year BETWEEN 1900 AND 2200),
        CONSTRAINT ck_council_population_0_17 CHECK (population_0_17 >= 0),
        CONSTRAINT ck_council_political_control CHECK (political_control IN (
            'CONSERVATIVE', 'LABOUR', 'LIBERAL_DEMOCRAT', 'GREEN', 'REFORM_UK', 'INDEPENDENT', 'OTHER',
            'NO_OVERALL_CONTROL'
        )),
        CONSTRAINT ck_council_search_name CHECK (length(trim(search_name)) > 0),
        CONSTRAINT ck_council_version CHECK (version >= 1),
        CONSTRAINT ck_council_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE INDEX ix_council_name_id ON council (name, id)",
    "CREATE INDEX ix_council_search_name ON council (search_name)",
    "CREATE INDEX ix_council_region_id ON council (region_id)",
    "CREATE INDEX ix_council_upper_tier_id ON council (upper_tier_id)",
    "CREATE TABLE council_code (
        code TEXT NOT NULL,
        council_id UUID NOT NULL,
        CONSTRAINT pk_council_code PRIMARY KEY (code),
        CONSTRAINT fk_council_code_council_id FOREIGN KEY (council_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT ck_council_code_code CHECK (length(trim(code)) > 0)
    )",
    "CREATE INDEX ix_council_code_council_id ON council_code (council_id)",
    "CREATE TABLE council_succession (
        predecessor_id UUID NOT NULL,
        successor_id UUID NOT NULL,
        on_date DATE NOT NULL,
        CONSTRAINT pk_council_succession PRIMARY KEY (predecessor_id, successor_id),
        CONSTRAINT fk_council_succession_predecessor_id FOREIGN KEY (predecessor_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT fk_council_succession_successor_id FOREIGN KEY (successor_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT ck_council_succession_self CHECK (predecessor_id <> successor_id)
    )",
    "CREATE INDEX ix_council_succession_successor_id ON council_succession (successor_id)",
    "CREATE TABLE council_neighbour (
        council_id UUID NOT NULL,
        neighbour_id UUID NOT NULL,
        border TEXT NOT NULL,
        shared_border_km FLOAT8,
        CONSTRAINT pk_council_neighbour PRIMARY KEY (council_id, neighbour_id),
        CONSTRAINT fk_council_neighbour_council_id FOREIGN KEY (council_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT fk_council_neighbour_neighbour_id FOREIGN KEY (neighbour_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT ck_council_neighbour_border CHECK (border IN ('LAND', 'WATER', 'TERRITORY')),
        CONSTRAINT ck_council_neighbour_shared_border_km CHECK (shared_border_km >= 0),
        CONSTRAINT ck_council_neighbour_self CHECK (council_id <> neighbour_id)
    )",
    "CREATE INDEX ix_council_neighbour_neighbour_id ON council_neighbour (neighbour_id)",
    "CREATE TABLE sister_council (
        council_id UUID NOT NULL,
        sister_id UUID NOT NULL,
        model TEXT NOT NULL,
        rank INTEGER NOT NULL,
        closeness TEXT,
        likeness INTEGER NOT NULL,
        CONSTRAINT pk_sister_council PRIMARY KEY (council_id, model, sister_id),
        CONSTRAINT uq_sister_council_council_id_model_rank UNIQUE (council_id, model, rank),
        CONSTRAINT fk_sister_council_council_id FOREIGN KEY (council_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT fk_sister_council_sister_id FOREIGN KEY (sister_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT ck_sister_council_model CHECK (model IN ('DFE_CHILDRENS_SERVICES', 'CIPFA')),
        CONSTRAINT ck_sister_council_rank CHECK (rank >= 1),
        CONSTRAINT ck_sister_council_closeness CHECK (closeness IN (
            'EXTREMELY_CLOSE', 'VERY_CLOSE', 'CLOSE', 'SOMEWHAT_CLOSE', 'NOT_CLOSE'
        )),
        CONSTRAINT ck_sister_council_likeness CHECK (likeness BETWEEN 0 AND 100),
        CONSTRAINT ck_sister_council_self CHECK (council_id <> sister_id)
    )",
    "CREATE INDEX ix_sister_council_sister_id ON sister_council (sister_id)",
    "CREATE TABLE delivery_body (
        id UUID NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        starts_on DATE,
        ends_on DATE,
        version INTEGER NOT NULL,
        created_at TIMESTAMPTZ NOT NULL,
        updated_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_delivery_body PRIMARY KEY (id),
        CONSTRAINT uq_delivery_body_name UNIQUE (name),
        CONSTRAINT ck_delivery_body_name CHECK (length(trim(name)) > 0),
        CONSTRAINT ck_delivery_body_kind CHECK (kind IN ('TRUST', 'COMPANY', 'PARTNERSHIP')),
        CONSTRAINT ck_delivery_body_version CHECK (version >= 1),
        CONSTRAINT ck_delivery_body_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE TABLE delivery_body_council (
        body_id UUID NOT NULL,
        council_id UUID NOT NULL,
        starts_on DATE,
        ends_on DATE,
        CONSTRAINT pk_delivery_body_council PRIMARY KEY (body_id, council_id),
        CONSTRAINT fk_delivery_body_council_body_id FOREIGN KEY (body_id) REFERENCES delivery_body (id) ON DELETE CASCADE,
        CONSTRAINT fk_delivery_body_council_council_id FOREIGN KEY (council_id) REFERENCES council (id),
        CONSTRAINT ck_delivery_body_council_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE INDEX ix_delivery_body_council_council_id ON delivery_body_council (council_id)",
    "CREATE TABLE inspection_outcome (
        id UUID NOT NULL,
        council_id UUID NOT NULL,
        framework TEXT NOT NULL,
        inspection_type TEXT,
        starts_on DATE,
        ends_on DATE,
        published_on DATE,
        overall TEXT,
        leaders TEXT,
        help_and_protection TEXT,
        children_in_care TEXT,
        care_leavers TEXT,
        send_outcome TEXT,
        source TEXT NOT NULL,
        CONSTRAINT pk_inspection_outcome PRIMARY KEY (id),
        CONSTRAINT uq_inspection_outcome_council_id_framework_source_starts_on UNIQUE (council_id, framework, source, starts_on),
        CONSTRAINT fk_inspection_outcome_council_id FOREIGN KEY (council_id) REFERENCES council (id) ON DELETE CASCADE,
        CONSTRAINT ck_inspection_outcome_framework CHECK (framework IN ('ILACS', 'AREA_SEND')),
        CONSTRAINT ck_inspection_outcome_overall CHECK (overall IN (
            'OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT', 'INADEQUATE'
        )),
        CONSTRAINT ck_inspection_outcome_leaders CHECK (leaders IN (
            'OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT', 'INADEQUATE'
        )),
        CONSTRAINT ck_inspection_outcome_help_and_protection CHECK (help_and_protection IN (
            'OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT', 'INADEQUATE'
        )),
        CONSTRAINT ck_inspection_outcome_children_in_care CHECK (children_in_care IN (
            'OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT', 'INADEQUATE'
        )),
        CONSTRAINT ck_inspection_outcome_care_leavers CHECK (care_leavers IN (
            'OUTSTANDING', 'GOOD', 'REQUIRES_IMPROVEMENT', 'INADEQUATE'
        )),
        CONSTRAINT ck_inspection_outcome_send_outcome CHECK (send_outcome IN (
            'POSITIVE', 'INCONSISTENT', 'SYSTEMIC_FAILINGS'
        )),
        CONSTRAINT ck_inspection_outcome_source CHECK (length(trim(source)) > 0),
        CONSTRAINT ck_inspection_outcome_dates CHECK (ends_on >= starts_on)
    )",
    "CREATE TABLE reference_load (
        id UUID NOT NULL,
        dataset TEXT NOT NULL,
        digest TEXT NOT NULL,
        loaded_at TIMESTAMPTZ NOT NULL,
        CONSTRAINT pk_reference_load PRIMARY KEY (id),
        CONSTRAINT ck_reference_load_dataset CHECK (length(trim(dataset)) > 0),
        CONSTRAINT ck_reference_load_digest CHECK (length(trim(digest)) > 0)
    )",
    "CREATE INDEX ix_reference_load_dataset_loaded_at ON reference_load (dataset, loaded_at)",
];

const DROP: &[&str] = &[
    "DROP TABLE reference_load",
    "DROP TABLE inspection_outcome",
    "DROP TABLE delivery_body_council",
    "DROP TABLE delivery_body",
    "DROP TABLE sister_council",
    "DROP TABLE council_neighbour",
    "DROP TABLE council_succession",
    "DROP TABLE council_code",
    "DROP TABLE council",
    "DROP TABLE region",
];

import type { Migration } from '../../../platform/db/migrate.ts';

export const IDENTITY_SCHEMA = 'identity';

/**
 * The register. Ids sort by byte ("C"), so that paging by id is the same on every server. Keys for matching are normalised by
 * the hub before they come here: what a server's locale calls a letter must not decide who is found.
 */
export const IDENTITY_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-register',
    sql: `
      CREATE TABLE customer (
        id           text COLLATE "C" PRIMARY KEY,
        display_name text NOT NULL,
        name_key     text NOT NULL,
        email        text,
        email_domain text,
        -- every name and e-mail that any system has for the customer, normalised, one per line
        search_text  text NOT NULL,
        parent_id    text COLLATE "C" REFERENCES customer,
        merged_into  text COLLATE "C" REFERENCES customer CHECK (merged_into <> id),
        created_at   timestamptz NOT NULL
      );
      CREATE INDEX customer_parent ON customer (parent_id, id) WHERE parent_id IS NOT NULL;
      CREATE INDEX customer_merged ON customer (merged_into, id) WHERE merged_into IS NOT NULL;
      CREATE INDEX customer_domain ON customer (email_domain) WHERE merged_into IS NULL;

      CREATE TABLE external_id (
        external_id             text COLLATE "C" NOT NULL,
        system                  text NOT NULL,
        customer_id             text COLLATE "C" NOT NULL REFERENCES customer,
        -- the hub id that the system itself holds; another than customer_id once that one was merged
        hub_key                 text COLLATE "C" NOT NULL,
        linked_at               timestamptz NOT NULL,
        ended_at                timestamptz,
        name                    text NOT NULL,
        name_key                text NOT NULL,
        email                   text,
        email_key               text,
        parent_external_id      text COLLATE "C",
        merged_into_external_id text COLLATE "C",
        PRIMARY KEY (external_id, system, customer_id)
      );
      CREATE UNIQUE INDEX external_id_one_holder ON external_id (external_id, system) WHERE ended_at IS NULL;
      CREATE INDEX external_id_customer ON external_id (customer_id);
      CREATE INDEX external_id_parent ON external_id (parent_external_id, system) WHERE parent_external_id IS NOT NULL;
      CREATE INDEX external_id_merged ON external_id (merged_into_external_id, system)
        WHERE merged_into_external_id IS NOT NULL;

      -- what a system holds without a correlation key: a steward decides
      CREATE TABLE unmatched (
        system        text NOT NULL,
        external_id   text COLLATE "C" NOT NULL,
        held_key      text,
        name          text NOT NULL,
        email         text,
        first_seen_at timestamptz NOT NULL,
        last_seen_at  timestamptz NOT NULL,
        PRIMARY KEY (system, external_id)
      );`,
  },
  {
    // Search by part of a name. Where the extension is not to be had (some managed servers), search reads all rows.
    name: '0002-search-index',
    sql: `
      DO $$ BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
        CREATE INDEX customer_search ON identity.customer USING gin (search_text public.gin_trgm_ops)
          WHERE merged_into IS NULL;
      EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE 'search without an index: %', SQLERRM;
      END $$;`,
  },
  {
    // By what callers are limited to customers, on the link whose system says it: it follows the link through merges and
    // ends with it. Read by platform/rows/condition.ts. Empty until the directories were read anew: such callers see nobody.
    name: '0003-rows',
    sql: `
      ALTER TABLE external_id
        ADD COLUMN partners_of_record text[] NOT NULL DEFAULT '{}',
        ADD COLUMN region             text,
        ADD COLUMN legal_entities     text[] NOT NULL DEFAULT '{}';
      CREATE INDEX external_id_partner ON external_id USING gin (partners_of_record) WHERE ended_at IS NULL;`,
  },
  {
    // For callers who may not find by e-mail, which `search_text` holds as well. Without the extension: as above.
    name: '0004-name-search-index',
    sql: `
      DO $$ BEGIN
        CREATE INDEX external_id_name ON identity.external_id USING gin (name_key public.gin_trgm_ops);
      EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE 'search by name without an index: %', SQLERRM;
      END $$;`,
  },
  {
    // Merges on a steward's word, with how the merged customer stood. What a system merged by itself is not here.
    name: '0005-steward-merges',
    sql: `
      CREATE TABLE steward_merge (
        key         text PRIMARY KEY,
        survivor_id text COLLATE "C" NOT NULL REFERENCES customer,
        merged_id   text COLLATE "C" NOT NULL REFERENCES customer,
        merged_at   timestamptz NOT NULL,
        unmerged_at timestamptz,
        before      jsonb NOT NULL
      );
      CREATE UNIQUE INDEX steward_merge_holds ON steward_merge (merged_id) WHERE unmerged_at IS NULL;`,
  },
  {
    // Linked on a steward's word: the system's record itself names nobody.
    name: '0006-steward-links',
    sql: 'ALTER TABLE external_id ADD COLUMN by_word boolean NOT NULL DEFAULT false;',
  },
];

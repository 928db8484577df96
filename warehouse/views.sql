-- Views and macros over the lake's tables, for the questions that are asked most. Every column is commented here.
-- They are made where they are missing whenever the lake is opened, and see the tables at whatever snapshot is read.

CREATE VIEW speakers AS
SELECT
  novel, -- title of the novel
  speaker, -- canonical name
  count(*) AS lines, -- utterances
  sum(length(text))::BIGINT AS characters, -- length of all of them together
  round(avg(length(text)), 1) AS mean_length, -- characters of one
  count(DISTINCT chapter) AS chapters, -- in which the character speaks
  min(chapter) AS first_chapter, -- 1-based
  max(chapter) AS last_chapter -- 1-based
FROM utterances WHERE speaker <> '' GROUP BY novel, speaker ORDER BY lines DESC, novel, speaker;
COMMENT ON VIEW speakers IS 'Lines per character; whoever speaks most first';

CREATE VIEW talks AS
SELECT
  novel, -- title of the novel
  speaker, -- who speaks
  addressee, -- to whom
  count(*) AS lines, -- utterances
  count(DISTINCT chapter) AS chapters, -- in which they do
  min(chapter) AS first_chapter -- 1-based
FROM utterances WHERE speaker <> '' AND addressee <> '' GROUP BY novel, speaker, addressee
ORDER BY lines DESC, novel, speaker, addressee;
COMMENT ON VIEW talks IS 'Who talks to whom';

CREATE VIEW chapters AS
SELECT
  novel, -- title of the novel
  chapter, -- 1-based; 0 before the first heading
  any_value(chapter_title) AS chapter_title, -- heading without its number
  count(*) AS lines, -- utterances
  count(DISTINCT nullif(speaker, '')) AS speakers, -- people who speak
  max(scene) AS scenes, -- conversations
  sum(length(text))::BIGINT AS characters -- length of what is said
FROM utterances GROUP BY novel, document_id, chapter ORDER BY novel, chapter;
COMMENT ON VIEW chapters IS 'What is said in each chapter of each novel that has any speech';

CREATE VIEW scenes AS
SELECT
  novel, -- title of the novel
  chapter, -- 1-based; 0 before the first heading
  scene, -- number within the chapter
  count(*) AS lines, -- utterances
  list_sort(list(DISTINCT speaker) FILTER (speaker <> '')) AS people, -- who speaks
  string_agg(coalesce(nullif(speaker, ''), '？') || '：' || text, chr(10) ORDER BY char_start) AS transcript -- a line an utterance; ？ where it is not known who speaks
FROM utterances WHERE scene > 0 GROUP BY novel, document_id, chapter, scene ORDER BY novel, chapter, scene;
COMMENT ON VIEW scenes IS 'Conversations as one reads a play';

CREATE VIEW rules AS
SELECT
  rule, -- the rule that decided who speaks
  count(*) AS lines, -- utterances it decided
  count(*) FILTER (speaker = '') AS unknown, -- of them without a speaker
  round(avg(confidence), 3) AS confidence -- mean, 0 to 1
FROM utterances GROUP BY rule ORDER BY lines DESC, rule;
COMMENT ON VIEW rules IS 'How speakers were found, and how sure that is';

CREATE VIEW intake AS
SELECT
  source_id, -- sources.source_id
  kind, -- novel, quiz or instruct
  title, -- what people call it
  licence, -- empty when unknown
  documents, -- files or pages
  characters, -- length of the decoded text
  records, -- extracted, rejected ones included
  rejected, -- of them rejected at extraction
  coalesce(kept, 0) AS kept -- samples that are kept
FROM (
  SELECT source_id, any_value(sources.kind) AS kind, any_value(sources.title) AS title, any_value(licence) AS licence,
    any_value(characters) AS characters, count(document_id) AS documents, coalesce(sum(records), 0)::BIGINT AS records,
    coalesce(sum(rejected), 0)::BIGINT AS rejected
  FROM sources LEFT JOIN documents USING (source_id) GROUP BY source_id
) LEFT JOIN (SELECT source_id, count(*) AS kept FROM samples WHERE fate = 'kept' GROUP BY source_id) USING (source_id)
ORDER BY kind, source_id;
COMMENT ON VIEW intake IS 'What came in from each source and how much of it is kept';

CREATE VIEW licences AS
SELECT
  licence, -- as the registries state it; empty when unknown
  count(*) AS sources, -- files and sites under it
  sum(documents)::BIGINT AS documents, -- files and pages
  sum(characters)::BIGINT AS characters, -- length of the decoded text
  sum(records)::BIGINT AS records, -- extracted from them
  sum(kept)::BIGINT AS kept, -- samples that are kept
  list_sort(list(source_id)) AS source_ids -- sources.source_id
FROM intake GROUP BY licence ORDER BY kept DESC, licence;
COMMENT ON VIEW licences IS 'Sources by licence';

CREATE VIEW fates AS
SELECT
  task, -- roleplay, quiz or instruct
  question_type, -- single_turn, multi_turn; the five quiz types; instruction, conversation
  fate, -- kept, merged or rejected
  regexp_replace(regexp_replace(reason, '^(quality rule [a-z]+): .*', '\1', 's'), '( of [0-9a-f]{16}.*| as [0-9a-f]{16}|: [0-9.]+ below [0-9.]+|: [^ ]+ has [0-9]+, fewer than [0-9]+)$', '') AS why, -- the reason without its ids and figures; empty when kept
  split, -- seed, train, valid or test; empty unless kept
  count(*) AS samples -- how many
FROM samples GROUP BY ALL ORDER BY task, samples DESC, question_type, fate, why, split;
COMMENT ON VIEW fates IS 'What became of every record';

CREATE VIEW splits AS
SELECT
  task, -- roleplay, quiz or instruct
  question_type, -- single_turn, multi_turn; the five quiz types; instruction, conversation
  count(*) FILTER (split = 'seed') AS seed, -- checked by people
  count(*) FILTER (split = 'train') AS train, -- to train on
  count(*) FILTER (split = 'valid') AS valid, -- to watch training by
  count(*) FILTER (split = 'test') AS test, -- held out
  count(*) AS kept -- all of them
FROM samples WHERE fate = 'kept' GROUP BY task, question_type ORDER BY task, question_type;
COMMENT ON VIEW splits IS 'Kept samples by question type and split';

CREATE VIEW lengths AS
SELECT
  task, -- roleplay, quiz or instruct
  question_type, -- single_turn, multi_turn; the five quiz types; instruction, conversation
  part, -- prompt or answer
  count(*) AS samples, -- kept ones
  round(avg(characters), 1) AS mean, -- characters
  min(characters) AS shortest, -- characters
  quantile_disc(characters, 0.25) AS p25, -- a quarter is no longer
  quantile_disc(characters, 0.5) AS p50, -- the median
  quantile_disc(characters, 0.75) AS p75, -- three quarters are no longer
  quantile_disc(characters, 0.9) AS p90, -- characters
  quantile_disc(characters, 0.99) AS p99, -- characters
  max(characters) AS longest -- characters
FROM (
  SELECT task, question_type, 'prompt' AS part, list_sum(list_transform(messages, lambda turn: length(turn.content)))::BIGINT AS characters
  FROM samples WHERE fate = 'kept'
  UNION ALL SELECT task, question_type, 'answer', length(answer) FROM samples WHERE fate = 'kept'
) GROUP BY task, question_type, part ORDER BY task, question_type, part DESC;
COMMENT ON VIEW lengths IS 'Length quantiles of prompts and answers';

CREATE VIEW prompts AS
SELECT
  sample_id, -- samples.sample_id
  task, -- roleplay, quiz or instruct
  question_type, -- single_turn, multi_turn; the five quiz types; instruction, conversation
  split, -- seed, train, valid or test
  novel, -- title of the novel or empty
  character, -- who speaks, for roleplay
  array_to_string(list_transform(messages, lambda turn: turn.role || ': ' || turn.content), chr(10)) AS prompt, -- all turns as text
  answer -- what the model is to write
FROM samples WHERE fate = 'kept';
COMMENT ON VIEW prompts IS 'Kept samples as plain text, for tools that know no lists';

CREATE VIEW duplicates AS
SELECT
  merged.sample_id AS sample_id, -- the sample that is not kept
  merged.task AS task, -- roleplay, quiz or instruct
  merged.source_id AS source_id, -- where it came from
  merged.answer AS answer, -- what it would have taught
  merged.duplicate_of AS duplicate_of, -- the sample that is kept in its place
  other.source_id AS kept_source_id, -- where that came from
  other.answer AS kept_answer -- what that teaches
FROM samples AS merged LEFT JOIN samples AS other ON other.sample_id = merged.duplicate_of
WHERE merged.duplicate_of <> '' ORDER BY merged.task, merged.duplicate_of, merged.sample_id;
COMMENT ON VIEW duplicates IS 'Near-duplicates with the sample that was kept';

CREATE VIEW passages AS
SELECT
  document_id, -- documents.document_id
  novel, -- title of the novel
  coalesce(last_value(CASE WHEN length(line) <= 60 AND regexp_matches(line, '^[\s#*【〔《]*第\s*[〇零一二两三四五六七八九十百千0-9０-９]+\s*[回囘章节節卷集部]') THEN trim(line, ' 　' || chr(9) || chr(13)) END IGNORE NULLS) OVER past, '') AS heading, -- the chapter's, with its number; empty before the first
  (sum(length(line) + 1) OVER past - 1 - length(ltrim(line, ' 　' || chr(9))))::INTEGER AS char_start, -- first character, in documents.text
  trim(line, ' 　' || chr(9) || chr(13)) AS text -- a paragraph, verbatim
FROM (
  SELECT document_id, coalesce(nullif(sources.novel, ''), sources.title) AS novel, unnest(string_split(text, chr(10))) AS line, generate_subscripts(string_split(text, chr(10)), 1) AS number
  FROM documents JOIN sources USING (source_id) WHERE sources.kind = 'novel'
) WINDOW past AS (PARTITION BY document_id ORDER BY number ROWS UNBOUNDED PRECEDING);
COMMENT ON VIEW passages IS 'The novels paragraph by paragraph';

-- Utterances, questions and passages of the novels with any of the words, parted by blanks; the `best` so many first.
CREATE MACRO search(words, best := 20) AS TABLE
WITH terms AS (
  SELECT DISTINCT unnest(string_split_regex(words, '[\s　]+')) AS term
), texts AS (
  SELECT 'utterance' AS kind, utterance_id AS id, novel, 'chapter ' || chapter || ', character ' || char_start AS place, speaker AS who, text
  FROM utterances
  UNION ALL
  SELECT 'question', question_id, questions.novel, sources.title || ', ' || locator, '', concat_ws(chr(10), stem, array_to_string(json_extract_string(options, '$.*'), '；'), json_extract_string(answer, '$'), nullif(explanation, ''))
  FROM questions JOIN documents USING (document_id) JOIN sources USING (source_id) WHERE fate = 'kept'
  UNION ALL
  SELECT 'passage', document_id, novel, heading || ', character ' || char_start, '', text FROM passages WHERE text <> ''
), sizes AS (
  SELECT kind, count(*) AS texts, avg(length(text)) AS mean FROM texts GROUP BY kind
), found AS (
  SELECT texts.*, term, (length(text) - length(replace(text, term, ''))) / length(term) AS times
  FROM texts JOIN terms ON contains(text, term) WHERE term <> ''
), spread AS (
  SELECT kind, term, count(*) AS holding FROM found GROUP BY kind, term
)
SELECT
  round(sum(ln(1 + (texts - holding + 0.5) / (holding + 0.5)) * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length(text) / mean))), 2) AS score, -- BM25 over the texts of its kind, in nats; k1 = 1.2 and b = 0.75
  kind, -- utterance, question or passage
  novel, -- title of the novel
  place, -- chapter and character in documents.text, or where in the question file
  who, -- the speaker of an utterance
  substr(text, greatest(min(strpos(text, term)) - 30, 1), 80) AS words, -- 80 characters round the first word that was looked for
  id -- utterance_id, question_id or document_id
FROM found JOIN sizes USING (kind) JOIN spread USING (kind, term)
GROUP BY kind, id, novel, place, who, text, mean ORDER BY score DESC, kind, place, id LIMIT best;

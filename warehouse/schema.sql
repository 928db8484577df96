-- The lake's tables. Every column is commented here, so that `huaben sql "DESCRIBE samples"` is not the only guide.
-- Ids are 16 hex digits made from content and position; they are the same on every run and machine.
-- No times of day, since when a row came in is the time of its snapshot; but for documents.fetched_at, on which nothing else depends.

CREATE TABLE sources (
  source_id VARCHAR NOT NULL, -- id in the registry, or folder/name of a file given by path
  kind VARCHAR NOT NULL, -- novel, quiz or instruct
  title VARCHAR NOT NULL, -- what people call it
  origin VARCHAR NOT NULL, -- path or URL, as given
  licence VARCHAR NOT NULL, -- as its registry states it; empty when unknown
  novel VARCHAR NOT NULL, -- the novel it is or asks about; empty when mixed
  seed BOOLEAN NOT NULL, -- checked by a person: its rows go to the seed split
  sha256 VARCHAR NOT NULL, -- of the raw bytes
  encoding VARCHAR NOT NULL, -- of the raw bytes, or the container they came in: docx, xlsx, pdf, epub
  characters BIGINT NOT NULL -- length of the decoded text
);
COMMENT ON TABLE sources IS 'Files and URLs that were read';

CREATE TABLE documents (
  document_id VARCHAR NOT NULL, -- depends on the source, not on the content
  source_id VARCHAR NOT NULL, -- sources.source_id
  title VARCHAR NOT NULL, -- what people call it
  text VARCHAR NOT NULL, -- decoded text; character offsets of utterances count in it
  sha256 VARCHAR NOT NULL, -- of the raw bytes
  extractor VARCHAR NOT NULL, -- fingerprint of the code and cast that extracted the records
  records BIGINT NOT NULL, -- records extracted, rejected ones included
  rejected BIGINT NOT NULL, -- records rejected at extraction
  url VARCHAR NOT NULL, -- address of a crawled page, whose raw bytes are in the spider's pages.sqlite by sha256; empty for a file
  status INTEGER, -- HTTP status that the page came with; null for a file
  fetched_at TIMESTAMPTZ -- when these bytes came first; null for a file
);
COMMENT ON TABLE documents IS 'Decoded text, one row a file or crawled page';

CREATE TABLE utterances (
  utterance_id VARCHAR NOT NULL, -- hash of document, span and text
  document_id VARCHAR NOT NULL, -- documents.document_id
  novel VARCHAR NOT NULL, -- title of the novel
  char_start INTEGER NOT NULL, -- first character of the opening mark, in documents.text
  char_end INTEGER NOT NULL, -- one past the closing mark
  chapter INTEGER NOT NULL, -- 1-based; 0 before the first heading
  chapter_title VARCHAR NOT NULL, -- heading without its number
  kind VARCHAR NOT NULL, -- speech, thought, writing, verse, quotation or name
  text VARCHAR NOT NULL, -- inside the marks, verbatim
  speaker VARCHAR NOT NULL, -- canonical name; empty where the extractor abstains
  speaker_mention VARCHAR NOT NULL, -- the words that name the speaker; empty when inferred
  mention_start INTEGER, -- where those words stand in documents.text
  rule VARCHAR NOT NULL, -- the rule that decided
  confidence DOUBLE NOT NULL, -- 0 to 1
  addressee VARCHAR NOT NULL, -- canonical name or empty
  cue VARCHAR NOT NULL, -- the reporting verb
  context VARCHAR NOT NULL, -- narration that leads in, verbatim
  scene INTEGER NOT NULL, -- number within the chapter
  turn INTEGER NOT NULL -- position within the scene
);
COMMENT ON TABLE utterances IS 'Quotations in novels: who said what, where';

CREATE TABLE questions (
  question_id VARCHAR NOT NULL, -- hash of document, place and stem
  document_id VARCHAR NOT NULL, -- documents.document_id
  ordinal INTEGER NOT NULL, -- order in the file
  number VARCHAR NOT NULL, -- as printed
  section VARCHAR NOT NULL, -- heading it stands under
  type VARCHAR NOT NULL, -- single_choice, multiple_choice, true_false, fill_blank or short_answer; empty when rejected
  stem VARCHAR NOT NULL, -- the question; each blank is ____
  material VARCHAR NOT NULL, -- the passage that it and its neighbours are about; empty for most
  options JSON NOT NULL, -- {"A": text, ...}
  answer JSON NOT NULL, -- letters, "true"/"false", list of blanks, text, or null
  explanation VARCHAR NOT NULL, -- as the source gives it
  novel VARCHAR NOT NULL, -- the novel it asks about; empty when unknown
  locator VARCHAR NOT NULL, -- where in the file
  fate VARCHAR NOT NULL, -- kept or rejected
  reason VARCHAR NOT NULL, -- why it was rejected; empty when kept
  raw VARCHAR NOT NULL -- what a rejected record held; empty when kept
);
COMMENT ON TABLE questions IS 'Quiz items, rejected ones with their reason';

CREATE TABLE support (
  question_id VARCHAR NOT NULL, -- questions.question_id
  document_id VARCHAR NOT NULL, -- the novel that was searched, documents.document_id; empty where none was
  support VARCHAR NOT NULL, -- of the answer by the novel: supported, unsupported, contradicted or unknown
  reason VARCHAR NOT NULL, -- why, with the strengths in nats
  checked VARCHAR NOT NULL -- fingerprint of the question, the novels, the config and the code that decided
);
COMMENT ON TABLE support IS 'Whether the novel itself bears a question''s answer out';

CREATE TABLE evidence (
  evidence_id VARCHAR NOT NULL, -- hash of question and rank
  question_id VARCHAR NOT NULL, -- questions.question_id
  document_id VARCHAR NOT NULL, -- the novel, documents.document_id
  rank INTEGER NOT NULL, -- 1 for the passage that comes nearest
  chapter INTEGER NOT NULL, -- 1-based; 0 before the first heading
  char_start INTEGER NOT NULL, -- first character of the passage, in documents.text
  char_end INTEGER NOT NULL, -- one past its last
  score DOUBLE NOT NULL -- bits of the words of question and answer that stand near
);
COMMENT ON TABLE evidence IS 'The passages of the novel that bear on a question';

CREATE TABLE instructions (
  instruction_id VARCHAR NOT NULL, -- hash of document, place and messages
  document_id VARCHAR NOT NULL, -- documents.document_id
  ordinal INTEGER NOT NULL, -- order in the file
  shape VARCHAR NOT NULL, -- layout it came in: alpaca, belle, sharegpt, ...
  messages STRUCT(role VARCHAR, content VARCHAR)[] NOT NULL, -- the conversation; ends with the assistant
  locator VARCHAR NOT NULL, -- where in the file
  fate VARCHAR NOT NULL, -- kept or rejected
  reason VARCHAR NOT NULL, -- why it was rejected; empty when kept
  raw VARCHAR NOT NULL -- what a rejected record held; empty when kept
);
COMMENT ON TABLE instructions IS 'Instruction conversations, rejected ones with their reason';

CREATE TABLE conversations (
  conversation_id VARCHAR NOT NULL, -- hash of document, character and place
  document_id VARCHAR NOT NULL, -- documents.document_id
  novel VARCHAR NOT NULL, -- title of the novel
  chapter INTEGER NOT NULL, -- 1-based; 0 before the first heading
  scene INTEGER NOT NULL, -- number within the chapter
  character VARCHAR NOT NULL, -- whose part is to be played
  char_start INTEGER NOT NULL, -- of its first utterance
  char_end INTEGER NOT NULL, -- of its last utterance, the answer
  turns INTEGER NOT NULL, -- times the character speaks
  utterance_ids VARCHAR[] NOT NULL -- utterances.utterance_id of all that it shows, in order
);
COMMENT ON TABLE conversations IS 'Stretches of a scene as one of its characters lives through them; made by curation';

CREATE TABLE samples (
  sample_id VARCHAR NOT NULL, -- hash of task and record
  task VARCHAR NOT NULL, -- roleplay, quiz or instruct
  question_type VARCHAR NOT NULL, -- stratum of the split: single_turn, multi_turn; the five quiz types; instruction, conversation
  record_id VARCHAR NOT NULL, -- utterance_id, conversation_id, question_id or instruction_id
  document_id VARCHAR NOT NULL, -- documents.document_id
  source_id VARCHAR NOT NULL, -- sources.source_id
  novel VARCHAR NOT NULL, -- title of the novel or empty
  character VARCHAR NOT NULL, -- who speaks, for roleplay
  messages STRUCT(role VARCHAR, content VARCHAR)[] NOT NULL, -- the prompt; ends with a user turn
  answer VARCHAR NOT NULL, -- what the model is to write
  reference VARCHAR NOT NULL, -- what a prediction is scored against
  cluster_id VARCHAR NOT NULL, -- near-duplicates share it
  scene_id VARCHAR NOT NULL, -- utterances of one scene share it; empty otherwise
  split VARCHAR NOT NULL, -- seed, train, valid or test; empty unless kept
  fate VARCHAR NOT NULL, -- kept, merged or rejected
  reason VARCHAR NOT NULL, -- why it is not kept; empty when kept
  duplicate_of VARCHAR NOT NULL -- sample_id it was merged into; empty otherwise
);
COMMENT ON TABLE samples IS 'Training examples, one row for every record, with what became of it';

CREATE TABLE contaminations (
  sample_id VARCHAR NOT NULL, -- samples.sample_id, rejected because its words overlap those of another text
  other_id VARCHAR NOT NULL, -- samples.sample_id of the text that it overlaps most, or hash of a benchmark's text
  place VARCHAR NOT NULL, -- split of that text, or its benchmark file and where in it
  other_share DOUBLE NOT NULL, -- of that text's pieces those that stand in the sample, 0 to 1
  own_share DOUBLE NOT NULL, -- of the sample's pieces those that stand in that text, 0 to 1
  others INTEGER NOT NULL, -- texts that it overlaps, this one included
  words VARCHAR NOT NULL -- that text
);
COMMENT ON TABLE contaminations IS 'Samples rejected because they overlap what is held out or a benchmark, with the other text';

CREATE TABLE annotations (
  annotation_id VARCHAR NOT NULL, -- hash of the row, field, annotator and time
  table_name VARCHAR NOT NULL, -- utterances, questions, instructions, or chats in the studio
  record_id VARCHAR NOT NULL, -- id of the row in that table
  field VARCHAR NOT NULL, -- column that is corrected, verdict, undo, or row and better for what a person wrote
  value JSON NOT NULL, -- the corrected value, the verdict, the annotations undone, or the words written
  comment VARCHAR NOT NULL, -- in the annotator's words
  annotator VARCHAR NOT NULL, -- who; assist:MODEL where a model chose
  made_at TIMESTAMPTZ NOT NULL, -- when
  seen JSON -- what the annotator had before them: the row's newest annotation, its fields, and where it stands
);
COMMENT ON TABLE annotations IS 'People''s corrections; never edits in place';

CREATE TABLE training_sets (
  set_id VARCHAR NOT NULL, -- hash of the samples' state and the build config
  name VARCHAR NOT NULL, -- name of the folder under sets/
  snapshot BIGINT NOT NULL, -- snapshot it was made from
  config JSON NOT NULL, -- build config
  rows_by_split JSON NOT NULL, -- {"train": n, ...}
  manifest_sha256 VARCHAR NOT NULL -- of manifest.json
);
COMMENT ON TABLE training_sets IS 'Exported training sets';

CREATE TABLE runs (
  run_id VARCHAR NOT NULL, -- hash of all that went in
  kind VARCHAR NOT NULL, -- curate, train or evaluate
  inputs JSON NOT NULL, -- what went in: ids, hashes and config
  results JSON NOT NULL, -- what came out: counts, scores and paths under the home folder
  seconds DOUBLE NOT NULL -- wall-clock time it took
);
COMMENT ON TABLE runs IS 'Curations, trainings and evaluations with their figures';

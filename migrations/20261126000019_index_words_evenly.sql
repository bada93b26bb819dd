-- With a pending list the words of thousands of messages were sorted into the index by whichever insert filled the list:
-- seconds for that one, and for everybody who shares the processor with it. Now each batch pays for itself.
alter index read.message_words_idx set (fastupdate = off);

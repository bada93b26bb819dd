-- Of the attempts that failed, those after which their delivery was given up: what people mean by a delivery that failed. Of
-- what was counted before there was this column it is 0.
alter table read.delivery_stats add column exhausted bigint not null default 0;

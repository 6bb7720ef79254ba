DROP INDEX "images_owner_newest_idx";--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "fence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "attempt" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "runner" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "leased_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "server" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "prompt_id" uuid;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "claimed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "sent_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "run_after" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "error_code" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "error" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "file_key" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "thumb_key" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "content_type" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "bytes" integer;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "sha256" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "liked_at" timestamp (3) with time zone;--> statement-breakpoint
UPDATE "images" SET "liked_at" = "image_likes"."created_at" FROM "image_likes" WHERE "image_likes"."image_id" = "images"."id" AND "image_likes"."user_id" = "images"."owner_id";--> statement-breakpoint
DROP TABLE "image_likes" CASCADE;--> statement-breakpoint
CREATE INDEX "images_gallery_idx" ON "images" USING btree ("owner_id","created_at","id") WHERE "images"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "images_gallery_status_idx" ON "images" USING btree ("owner_id","status","created_at","id") WHERE "images"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "images_gallery_character_idx" ON "images" USING btree ("owner_id","character_id","created_at","id") WHERE "images"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "images_gallery_liked_idx" ON "images" USING btree ("owner_id","created_at","id") WHERE "images"."deleted_at" is null and "images"."liked_at" is not null;--> statement-breakpoint
CREATE INDEX "images_queued_idx" ON "images" USING btree ("owner_id","created_at","id") WHERE "images"."status" = 'queued';--> statement-breakpoint
CREATE INDEX "images_in_flight_idx" ON "images" USING btree ("server") WHERE "images"."status" in ('generating', 'cancelling');--> statement-breakpoint
CREATE INDEX "images_last_claim_idx" ON "images" USING btree ("owner_id","claimed_at") WHERE "images"."claimed_at" is not null;--> statement-breakpoint
CREATE INDEX "images_deleted_idx" ON "images" USING btree ("deleted_at","id") WHERE "images"."deleted_at" is not null;--> statement-breakpoint
CREATE INDEX "images_file_key_idx" ON "images" USING btree ("file_key") WHERE "images"."file_key" is not null;--> statement-breakpoint
CREATE INDEX "images_thumb_key_idx" ON "images" USING btree ("thumb_key") WHERE "images"."thumb_key" is not null;--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_attempt_check" CHECK ("images"."attempt" >= 1);--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_lease_check" CHECK (("images"."runner" is null) = ("images"."leased_until" is null) and ("images"."runner" is null or "images"."status" in ('generating', 'cancelling')));--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_prompt_id_check" CHECK (("images"."server" is null) = ("images"."prompt_id" is null) and ("images"."sent_at" is null or "images"."prompt_id" is not null));--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_server_check" CHECK (case when "images"."status" = 'queued' then "images"."server" is null when "images"."status" in ('generating', 'cancelling') then "images"."server" is not null else true end);--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_run_after_check" CHECK ("images"."run_after" is null or "images"."status" = 'queued');--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_file_check" CHECK (num_nulls("images"."completed_at", "images"."file_key", "images"."thumb_key", "images"."content_type", "images"."bytes", "images"."sha256") = case when "images"."status" = 'completed' then 0 else 6 end);--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_error_check" CHECK (num_nulls("images"."error_code", "images"."error") = case when "images"."status" = 'failed' then 0 else 2 end);--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_file_key_check" CHECK (char_length("images"."file_key") between 1 and 255 and char_length("images"."thumb_key") between 1 and 255);--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_bytes_check" CHECK ("images"."bytes" > 0);--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_sha256_check" CHECK ("images"."sha256" ~ '^[0-9a-f]{64}$');
import { formatJson } from '../python/json';

const jpeg = 1;

/** A preview as those get it who have not asked for more: nothing says which prompt it belongs to. */
export function barePreview(image: Buffer): Buffer {
  return Buffer.concat([uint32(1), uint32(jpeg), image]);
}

/** A preview with the node and the prompt that it shows. */
export function previewWithMetadata(image: Buffer, nodeId: string, promptId: string): Buffer {
  const metadata = Buffer.from(
    formatJson({
      node_id: nodeId,
      prompt_id: promptId,
      display_node_id: nodeId,
      parent_node_id: null,
      real_node_id: nodeId,
      image_type: 'image/jpeg',
    }),
  );
  return Buffer.concat([uint32(4), uint32(metadata.length), metadata, image]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

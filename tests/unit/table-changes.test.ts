import { describe, expect, it } from 'vitest';
import { nextChange, wantedRecordsTable, type Template } from '../../infra/migration/table-changes.ts';
import { recordsTable } from '../../shared/store/schema.ts';

const wanted = wantedRecordsTable();

type Properties = {
  AttributeDefinitions: { AttributeName: string }[];
  GlobalSecondaryIndexes: { IndexName: string; KeySchema: { AttributeName: string }[] }[];
};
const propertiesIn = (template: Template): Properties =>
  template.Resources[wanted.id]?.Properties as Properties;
const indexesIn = (template: Template): string[] =>
  propertiesIn(template).GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);

function deployed(change: (properties: Properties) => void = () => undefined): Template {
  const template = structuredClone({
    Resources: { Other: { Type: 'AWS::SNS::Topic' }, [wanted.id]: wanted.resource },
    Outputs: { OtherName: { Value: 'x' } },
    Parameters: { BootstrapVersion: {} },
  });
  change(propertiesIn(template));
  return template;
}

const indexOf = (IndexName: string, key: string) => ({
  IndexName,
  KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
  Projection: { ProjectionType: 'KEYS_ONLY' },
});

describe('the changes of the records table', () => {
  it('create a missing table first', () => {
    const former: Template = {
      Resources: { Former: { Type: 'AWS::DynamoDB::Table' } },
      Outputs: { ReportsTableName: { Value: { Ref: 'Former' } } },
    };
    const change = nextChange(former, wanted);
    expect(change?.template).toEqual({
      Resources: { ...former.Resources, [wanted.id]: wanted.resource },
      Outputs: { ...former.Outputs, RecordsTableName: { Value: { Ref: wanted.id } } },
    });
    expect(change && nextChange(change.template, wanted)).toBeUndefined();
  });

  it('are none for an up-to-date table', () => {
    expect(nextChange(deployed(), wanted)).toBeUndefined();
    expect(indexesIn(deployed())).toEqual(Object.values(recordsTable.indexes).map(({ name }) => name));
  });

  it('add missing indexes before removing others, one per step', () => {
    let template = deployed((properties) => {
      properties.GlobalSecondaryIndexes = [
        ...properties.GlobalSecondaryIndexes.filter(
          ({ IndexName }) => IndexName !== 'area' && IndexName !== 'nearby',
        ),
        indexOf('old', 'oldKey'),
        indexOf('older', 'olderKey'),
      ];
      properties.AttributeDefinitions = [
        ...properties.AttributeDefinitions.filter(
          ({ AttributeName }) => !['areaView', 'cell'].includes(AttributeName),
        ),
        ...['oldKey', 'olderKey'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      ];
    });
    const steps: string[] = [];
    for (let change = nextChange(template, wanted); change; change = nextChange(template, wanted)) {
      const [before, after] = [indexesIn(template), indexesIn(change.template)];
      expect(Math.abs(before.length - after.length)).toBe(1);
      template = change.template;
      steps.push(change.en);
      // CloudFormation refuses an attribute that no key names, and a key that no attribute defines.
      const { AttributeDefinitions, GlobalSecondaryIndexes } = propertiesIn(template);
      const keys = GlobalSecondaryIndexes.flatMap(({ KeySchema }) =>
        KeySchema.map(({ AttributeName }) => AttributeName),
      );
      expect(AttributeDefinitions.map(({ AttributeName }) => AttributeName).sort()).toEqual(
        [...new Set(['number', 'item', ...keys])].sort(),
      );
      expect(template.Resources['Other']).toEqual({ Type: 'AWS::SNS::Topic' });
    }
    expect(steps).toEqual([
      'adding the index area',
      'adding the index nearby',
      'removing the index old',
      'removing the index older',
    ]);
    expect(indexesIn(template).sort()).toEqual(indexesIn(deployed()).sort());
  });

  it('refuse an index changed under the same name', () => {
    const template = deployed((properties) => {
      properties.GlobalSecondaryIndexes = properties.GlobalSecondaryIndexes.map((index) =>
        index.IndexName === 'area' ? indexOf('area', 'areaView') : index,
      );
    });
    expect(() => nextChange(template, wanted)).toThrow('the index area has changed');
  });
});

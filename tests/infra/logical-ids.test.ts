import { describe, expect, it } from 'vitest';
import { readCity } from '../../infra/build.ts';
import { ofType, synthesize } from './template.ts';

/**
 * If a logical id changes, CloudFormation replaces the resource and its data (records, photos, messages, the position in
 * a stream) is not carried over. The id depends on the construct path, so a construct must keep its scope and id.
 */
const city = readCity();
const [department] = city.departments;
if (!department) throw new Error('the demo city has no department');
const { platform, departments } = synthesize({
  city: { ...city, departments: [{ ...department, id: 'construction' }] },
});

describe('the platform keeps the logical ids', () => {
  it.each<[type: string, ids: string[]]>([
    ['AWS::DynamoDB::Table', ['LedgerTable9343E4AA', 'RecordsTableC9B7A30B']],
    ['AWS::S3::Bucket', ['AccessLogsBucketCD784A59', 'PhotosBucket4131342A', 'SiteBucket978D4AEB']],
    ['AWS::KMS::Key', ['ContactKey159C102F']],
    ['AWS::SecretsManager::Secret', ['SecretA720EF05', 'SiteProof21B61656']],
    ['AWS::Cognito::UserPool', ['StaffPool8CA90F24']],
    ['AWS::SNS::Topic', ['AlarmsTopic3A2DFEBA', 'EventsTopic97220A64', 'NoticesCD1BD20F']],
    [
      'AWS::SQS::Queue',
      [
        'ClassifyQueue819D73EA',
        'ClassifyQueueDeadLettersQueue3D66B04A',
        'JointQueueDeadLettersQueue0D2C15CE',
        'JointQueueFF42A03F',
        'NotifyQueue6D540435',
        'NotifyQueueDeadLettersQueueA9DD05F2',
        'ParkedQueueD4C1776A',
        'PhotosQueue2B84375B',
        'PhotosQueueDeadLettersQueueDA72E5BF',
        'RelayFailedQueue0B364400',
        'StatsQueue47DCFBE7',
        'StatsQueueDeadLettersQueue0140F69F',
      ],
    ],
    [
      'AWS::Lambda::EventSourceMapping',
      [
        'ClassifyFunctionSqsEventSourceSuishoubaoClassifyQueue595B35FFC7253552',
        'CleanPhotosFunctionSqsEventSourceSuishoubaoPhotosQueue4204BC8ECBDB2E85',
        'JointFunctionSqsEventSourceSuishoubaoJointQueue4DE901A0E657FC8B',
        'NotifyFunctionSqsEventSourceSuishoubaoNotifyQueue832F67451537FD0B',
        'RelayFunctionRecordsStreamDDB3340C',
        'StatsFunctionSqsEventSourceSuishoubaoStatsQueueE3A3F8AEB00C2765',
      ],
    ],
  ])('of every %s', (type, ids) => {
    expect(
      ofType(platform, type)
        .map(([id]) => id)
        .sort(),
    ).toEqual(ids);
  });
});

describe('the stack of the departments keeps the logical ids', () => {
  it.each<[type: string, ids: string[]]>([
    [
      'AWS::SQS::Queue',
      [
        'DepartmentconstructionAssignmentsDeadLettersQueue0DF2E20F',
        'DepartmentconstructionAssignmentsQueue8B50A93B',
      ],
    ],
    [
      'AWS::Lambda::EventSourceMapping',
      [
        'DeliverFunctionSqsEventSourceSuishoubaoDepartmentsDepartmentconstructionAssignmentsQueue7BCE9C275A5EEA13',
      ],
    ],
  ])('of every %s', (type, ids) => {
    expect(
      ofType(departments, type)
        .map(([id]) => id)
        .sort(),
    ).toEqual(ids);
  });
});

// What somebody should be woken for. The app reports by OpenTelemetry, whose metrics Azure Monitor puts into the table AppMetrics; what has not happened yet
// has no rows, which is no alert but for `silent`, where nothing is what is looked for.
param suffix string
param location string
param tags object
param insightsId string
param workspaceId string
param dataStorageName string
param alertEmail string

var queries = [
  {
    name: 'clicks-lost'
    text: 'Clicks were lost: storage was away for longer than memory lasts.'
    severity: 0
    query: 'AppMetrics | where Name == "sharelinks.clicks.lost" | summarize Value = sum(Sum)'
    threshold: 0
  }
  {
    name: 'fold-lag'
    text: 'Statistics are more than ten minutes behind the clicks.'
    severity: 2
    query: 'AppMetrics | where Name == "sharelinks.fold.lag" | summarize arg_max(TimeGenerated, Max) by AppRoleInstance | summarize Value = min(Max)'
    threshold: 600
  }
  {
    name: 'server-errors'
    text: 'More than one request in a hundred ended in a 5xx.'
    severity: 1
    query: 'AppMetrics | where Name == "http.server.request.duration" | extend Status = toint(Properties["http.response.status_code"]) | summarize Failed = sumif(ItemCount, Status >= 500), All = sum(ItemCount) | where All >= 100 | project Value = 100.0 * Failed / All'
    threshold: 1
  }
  {
    name: 'storage-throttled'
    text: 'Storage has told the app to slow down.'
    severity: 2
    query: 'AppMetrics | where Name == "sharelinks.storage.throttled" | summarize Value = sum(Sum)'
    threshold: 10
  }
  {
    name: 'storage-forbidden'
    text: 'Storage refuses the app: its role on the account was taken away.'
    severity: 1
    query: 'AppMetrics | where Name == "sharelinks.storage.duration" and toint(Properties["status"]) in (401, 403) | summarize Value = sum(ItemCount)'
    threshold: 0
  }
  {
    name: 'erasure-failing'
    text: 'Persons who are to be erased are not: the task has failed again and again.'
    severity: 1
    query: 'AppMetrics | where Name == "sharelinks.upkeep.failures" and Properties["task"] == "erasure" | summarize Value = sum(Sum)'
    threshold: 5
  }
  {
    name: 'retention-failing'
    text: 'What is past retention is not deleted: the task has failed again and again.'
    severity: 2
    query: 'AppMetrics | where Name == "sharelinks.upkeep.failures" and Properties["task"] == "retention" | summarize Value = sum(Sum)'
    threshold: 5
  }
  {
    name: 'silent'
    text: 'The app has told nothing for a quarter of an hour, though its timer runs every minute.'
    severity: 1
    query: 'AppMetrics | where Name startswith "sharelinks." | summarize Value = toint(count() == 0)'
    threshold: 0
  }
]

resource data 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: dataStorageName

  resource tables 'tableServices' existing = {
    name: 'default'
  }
}

resource receivers 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'sharelinks'
    enabled: true
    emailReceivers: [{ name: 'mail', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in queries: {
    name: rule.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.name
      description: rule.text
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      // The tables come with the first telemetry.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: '${rule.query} | where isnotnull(Value)'
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'Value'
            operator: 'GreaterThan'
            threshold: rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(alertEmail) ? [] : [receivers.id] }
    }
  }
]

// What the account itself says, should the app say nothing any more.
resource throttling 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'account-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'The storage account refused requests as too many.'
    severity: 2
    enabled: true
    scopes: [data::tables.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'throttled'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'Transactions'
          dimensions: [{ name: 'ResponseType', operator: 'Include', values: ['ServerBusyError', 'ClientThrottlingError', 'ClientAccountRequestThrottlingError'] }]
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 10
        }
      ]
    }
    actions: empty(alertEmail) ? [] : [{ actionGroupId: receivers.id }]
  }
}

// Requests that never reach the app's own instruments are in the host's table.
resource failed 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'requests-failed'
  location: 'global'
  tags: tags
  properties: {
    description: 'Requests failed before the app answered them.'
    severity: 1
    enabled: true
    scopes: [insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'failed'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'requests/failed'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 50
        }
      ]
    }
    actions: empty(alertEmail) ? [] : [{ actionGroupId: receivers.id }]
  }
}

"""The protocol's own words in Gemini bodies, in both spellings: schema, so nobody screens them.

Read off the types of the official `google-genai` package (3.4); a test holds the two together.
"""

from __future__ import annotations

KEYS = frozenset(
    """
    adaptationPhrases additionalProperties aiohttpClient allowedFunctionNames anyOf
    apiVersion args aspectRatio asyncClientArgs attempts audioMetadata audioTimestamp
    audioTranscription audioTranscriptionConfig authorAttribution autoMode
    automaticContinuation automaticFunctionCalling automaticFunctionCallingHistory
    avgLogprobs baseUrl baseUrlResourceScope blockReason blockReasonMessage blocked body
    boolValue cacheTokensDetails cachedContent cachedContentTokenCount candidateCount
    candidates candidatesTokenCount candidatesTokensDetails category chosenCandidates
    chunkId citationMetadata citations clientArgs code codeExecutionResult
    compressionQuality confidenceScores consentAudio content contentLayers contents
    continuationToken createTime customMetadata customVocabulary data day default defs
    description details diarization disable displayName distanceMeters documentMetadata
    documentName domain downloadUri duration enableEnhancedCivicAnswers encodedPolyline
    endIndex endOffset endPage enum error example executableCode expBase expirationTime
    extraBody featureSelectionPreference fileData fileId fileSearchStore fileUri
    finishMessage finishReason finished firstPage flagContentUri format fps frequencyPenalty
    functionCall functionCallingConfig functionResponse generationConfig
    generationOutputConfig googleMapsUri googleMapsWidgetContextToken
    googleSearchDynamicRetrievalScore groundingChunkIndices groundingChunks
    groundingMetadata groundingSupports headers httpOptions httpStatusCodes httpxAsyncClient
    httpxClient id ignoreCallHistory image imageConfig imageOutputOptions imageSearchQueries
    imageSize imageUri includeServerSideToolInvocations includeThoughts index initialDelay
    inlineData items jitter jsonPath key labels language languageAuto languageCode
    languageCodes languageHints lastPage latLng latitude level license logProbability
    logProbabilitySum logprobs logprobsResult longitude manualMode maps maxDelay maxItems
    maxLength maxOutputTokens maxProperties maximum maximumRemoteCalls mediaId
    mediaProcessing mediaResolution message method mimeType minItems minLength minProperties
    minimum modality mode modelArmorConfig modelName modelRoutingPreference
    modelSelectionConfig modelStage modelStatus modelVersion month multiSpeakerVoiceConfig
    name nullValue nullable numTokens numberValue numericValue outcome output
    outputCompressionQuality outputMimeType outputUriPrefix overwrittenThreshold pageNumber
    pageSpan parsed partIndex partMetadata partialArgs parts pattern personGeneration
    photoUri placeAnswerSources placeId prebuiltVoiceConfig presencePenalty probability
    probabilityScore prominentPeople promptFeedback promptTemplateName promptTokenCount
    promptTokensDetails properties propertyOrdering publicationDate ragChunk ref
    relativePublishTimeDescription renderedContent renderedParts replicatedVoiceConfig
    required response responseId responseJsonSchema responseLogprobs responseMimeType
    responseModalities responseSchema responseTemplateName retirementTime retrievalConfig
    retrievalMetadata retrievalQueries retrievedContext retrievedUrl retryOptions review
    reviewId reviewSnippet reviewSnippets role route routingConfig safetyRatings
    safetySettings scheduling sdkBlob sdkHttpResponse searchEntryPoint seed segment
    serviceTier severity severityScore sha256Hash sheetIndex shouldReturnHttpResponse
    signature sizeBytes source sourceFlaggingUris sourceId sourceText sourceUri speaker
    speakerLabel speakerVoiceConfigs speechConfig speechMetadata spreadsheetMetadata
    startIndex startOffset startPage state status stopSequences store
    streamFunctionCallArguments stringListValue stringValue style systemInstruction
    temperature text thinkingBudget thinkingConfig thinkingLevel thought thoughtSignature
    thoughtsTokenCount threshold timeout title token tokenCount tokenId toolCall toolConfig
    toolResponse toolType toolUsePromptTokenCount toolUsePromptTokensDetails tools
    topCandidates topK topP totalTokenCount trafficType type updateTime uri
    urlContextMetadata urlMetadata urlRetrievalStatus usageMetadata values videoMetadata
    visibleCells voice voiceConfig voiceConsentSignature voiceName voiceSampleAudio web
    webSearchQueries willContinue word wordTimestamp words year
    """.split()
)

_WORDS = {
    "baseUrlResourceScope": """
        COLLECTION
    """,
    "blockReason": """
        BLOCKED_REASON_UNSPECIFIED BLOCKLIST IMAGE_SAFETY JAILBREAK MODEL_ARMOR OTHER
        PROHIBITED_CONTENT SAFETY
    """,
    "category": """
        HARM_CATEGORY_CIVIC_INTEGRITY HARM_CATEGORY_DANGEROUS_CONTENT
        HARM_CATEGORY_HARASSMENT HARM_CATEGORY_HATE_SPEECH
        HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT HARM_CATEGORY_IMAGE_HARASSMENT
        HARM_CATEGORY_IMAGE_HATE HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT
        HARM_CATEGORY_JAILBREAK HARM_CATEGORY_SEXUALLY_EXPLICIT
        HARM_CATEGORY_UNSPECIFIED
    """,
    "contentLayers": """
        AUDIO CONTENT_LAYER_UNSPECIFIED DATA FORMULAS FRAMES PAGE_IMAGE PAGE_TEXT
        TRANSCRIPT VISUAL
    """,
    "featureSelectionPreference": """
        BALANCED FEATURE_SELECTION_PREFERENCE_UNSPECIFIED PRIORITIZE_COST
        PRIORITIZE_QUALITY
    """,
    "finishReason": """
        BLOCKLIST CONTINUATION ESCALATION FINISH_REASON_UNSPECIFIED IMAGE_OTHER
        IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION IMAGE_SAFETY LANGUAGE
        MALFORMED_FUNCTION_CALL MALFORMED_RESPONSE MAX_TOKENS MISSING_THOUGHT_SIGNATURE
        MODEL_ARMOR NO_IMAGE OTHER PROHIBITED_CONTENT PUP_LIMITED_DISABLED RECITATION
        SAFETY SPII STOP TOO_MANY_TOOL_CALLS UNEXPECTED_TOOL_CALL
    """,
    "language": """
        LANGUAGE_UNSPECIFIED PYTHON
    """,
    "level": """
        MEDIA_RESOLUTION_HIGH MEDIA_RESOLUTION_LOW MEDIA_RESOLUTION_MEDIUM
        MEDIA_RESOLUTION_ULTRA_HIGH MEDIA_RESOLUTION_UNSPECIFIED
    """,
    "mediaProcessing": """
        AGENTIC MEDIA_PROCESSING_UNSPECIFIED STATIC
    """,
    "mediaResolution": """
        MEDIA_RESOLUTION_HIGH MEDIA_RESOLUTION_LOW MEDIA_RESOLUTION_MEDIUM
        MEDIA_RESOLUTION_UNSPECIFIED
    """,
    "method": """
        HARM_BLOCK_METHOD_UNSPECIFIED PROBABILITY SEVERITY
    """,
    "modality": """
        AUDIO DOCUMENT IMAGE MODALITY_UNSPECIFIED TEXT VIDEO
    """,
    "mode": """
        ANY AUTO MODE_UNSPECIFIED NONE SMART VALIDATED VERBATIM
    """,
    "modelRoutingPreference": """
        BALANCED PRIORITIZE_COST PRIORITIZE_QUALITY UNKNOWN
    """,
    "modelStage": """
        DEPRECATED EXPERIMENTAL LEGACY MODEL_STAGE_UNSPECIFIED PREVIEW RETIRED STABLE
        UNSTABLE_EXPERIMENTAL
    """,
    "nullValue": """
        NULL_VALUE
    """,
    "outcome": """
        OUTCOME_DEADLINE_EXCEEDED OUTCOME_FAILED OUTCOME_OK OUTCOME_UNSPECIFIED
    """,
    "overwrittenThreshold": """
        BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_NONE BLOCK_ONLY_HIGH
        HARM_BLOCK_THRESHOLD_UNSPECIFIED OFF
    """,
    "probability": """
        HARM_PROBABILITY_UNSPECIFIED HIGH LOW MEDIUM NEGLIGIBLE
    """,
    "prominentPeople": """
        ALLOW_PROMINENT_PEOPLE BLOCK_PROMINENT_PEOPLE PROMINENT_PEOPLE_UNSPECIFIED
    """,
    "scheduling": """
        INTERRUPT SCHEDULING_UNSPECIFIED SILENT WHEN_IDLE
    """,
    "serviceTier": """
        flex priority standard unspecified
    """,
    "severity": """
        HARM_SEVERITY_HIGH HARM_SEVERITY_LOW HARM_SEVERITY_MEDIUM
        HARM_SEVERITY_NEGLIGIBLE HARM_SEVERITY_UNSPECIFIED
    """,
    "source": """
        GENERATED REGISTERED SOURCE_UNSPECIFIED UPLOADED
    """,
    "state": """
        ACTIVE FAILED PROCESSING STATE_UNSPECIFIED
    """,
    "thinkingLevel": """
        HIGH LOW MEDIUM MINIMAL THINKING_LEVEL_UNSPECIFIED XHIGH
    """,
    "threshold": """
        BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_NONE BLOCK_ONLY_HIGH
        HARM_BLOCK_THRESHOLD_UNSPECIFIED OFF
    """,
    "toolType": """
        FILE_SEARCH GOOGLE_MAPS GOOGLE_SEARCH_IMAGE GOOGLE_SEARCH_WEB MEDIA_PROCESSING
        TOOL_TYPE_UNSPECIFIED URL_CONTEXT
    """,
    "trafficType": """
        ON_DEMAND ON_DEMAND_FLEX ON_DEMAND_OFFPEAK ON_DEMAND_PRIORITY
        PROVISIONED_THROUGHPUT TRAFFIC_TYPE_UNSPECIFIED
    """,
    "type": """
        ARRAY BOOLEAN INTEGER NULL NUMBER OBJECT STRING TYPE_UNSPECIFIED
    """,
    "urlRetrievalStatus": """
        URL_RETRIEVAL_STATUS_ERROR URL_RETRIEVAL_STATUS_PAYWALL
        URL_RETRIEVAL_STATUS_SUCCESS URL_RETRIEVAL_STATUS_UNSAFE
        URL_RETRIEVAL_STATUS_UNSPECIFIED
    """,
}
VALUES = frozenset((key, word) for key, words in _WORDS.items() for word in words.split())
"""(key, value) pairs that are grammar rather than speech."""
